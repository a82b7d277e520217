#include "ui/state/model_name.h"

#include <QDir>
#include <QFileInfo>
#include <QStringList>

namespace perceiver::ui {

QString modelName(const std::string& id) {
    const QFileInfo file(QDir::cleanPath(QString::fromStdString(id)));
    QString name = file.fileName();
    for (const char* ending : {".index.json", ".json", ".safetensors", ".pt", ".pth", ".bin", ".ckpt"})
        if (name.endsWith(QLatin1String(ending))) name.chop(int(qstrlen(ending)));
    const QStringList saysNothing{"model", "pytorch_model", "weights", "config", "hyperparameters"};
    return isOwnModel(id) && saysNothing.contains(name) ? file.dir().dirName() : name;
}

}  // namespace perceiver::ui
